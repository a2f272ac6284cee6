/** Sum of the samples of a metric whose labels contain `labels`, from Prometheus text; NaN where there is none. */
export function readMetric(text: string, name: string, labels = ''): number {
  const values = text
    .split('\n')
    .filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
    .filter((line) => line.includes(labels))
    .map((line) => Number(line.slice(line.lastIndexOf(' ') + 1)));
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0);
}
