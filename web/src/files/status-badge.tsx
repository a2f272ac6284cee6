import type { FileStatus } from '@wharf/contracts';
import { words } from '../language/language.ts';

export function StatusBadge({ status }: { status: FileStatus }) {
  return <span class={`badge ${status}`}>{words().statuses[status]}</span>;
}
