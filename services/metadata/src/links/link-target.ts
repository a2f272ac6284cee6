/** Whether the link of the parameter `:link` leads to the file whose uid the expression is. */
export function isTargetOf(uid: string): string {
  return `exists (select 1 from link_targets where link_id = :link and file_uid = ${uid})`;
}
