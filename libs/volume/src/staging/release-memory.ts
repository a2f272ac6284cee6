/**
 * Frees the memory of bytes that nobody needs any more, where they have a buffer of their own; they are empty then.
 *
 * Left to the garbage collector, every 64 MiB of received pieces make it go through the whole heap: that costs a gateway more
 * than receiving them does, and holds their memory until then.
 */
export function releaseMemory({ buffer, length }: Buffer): void {
  if ('transfer' in buffer && buffer.byteLength === length) buffer.transfer(0);
}
