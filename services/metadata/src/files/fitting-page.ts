/** NATS takes messages of 1 MiB; one record with all that users may attach to it stays far below what is left. */
const pageBytes = 512 * 1024;

/** As many records, or events, from the first on, as one message holds: one at least where there is one. */
export function fittingPage<Item>(records: Item[]): Item[] {
  let bytes = 0;
  const end = records.findIndex((record) => {
    bytes += Buffer.byteLength(JSON.stringify(record));
    return bytes > pageBytes;
  });
  return end === -1 ? records : records.slice(0, Math.max(end, 1));
}
