/** What others have written may hold anything, and a terminal obeys control characters. */
export function printable(text: string): string {
  return text.replace(/[^\P{Cc}\n\t]/gu, '\ufffd');
}
