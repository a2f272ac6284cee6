const width = 160;
const height = 40;

interface PlotOptions {
  /** Oldest first. */
  values: readonly number[];
  /** What it shows, and its last value, in words. */
  label: string;
}

/** A small plot of bars, each as high as its value among all of them. */
export function Plot({ label, values }: PlotOptions) {
  const most = Math.max(1, ...values);
  const step = width / Math.max(1, values.length);
  return (
    <svg class="plot" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label} preserveAspectRatio="none">
      {values.map((value, index) => {
        const tall = value === 0 ? 1 : Math.max(2, (value / most) * height);
        return <rect key={index} x={index * step} y={height - tall} width={Math.max(1, step - 1)} height={tall} />;
      })}
    </svg>
  );
}
