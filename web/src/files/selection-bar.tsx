import { useState } from 'preact/hooks';
import { words } from '../language/language.ts';
import { ShareDialog } from '../links/share-dialog.tsx';
import { Icon } from '../parts/icon.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { downloadMany } from './download-many.ts';
import type { RecordWindow } from './record-window.ts';
import type { Selection } from './selection.ts';

interface BarOptions {
  records: RecordWindow;
  selection: Selection;
  isDeleting: boolean;
  setDeleting(isDeleting: boolean): void;
}

/** What can be done with all that is marked. */
export function SelectionBar({ isDeleting, records, selection, setDeleting }: BarOptions) {
  const [isSharing, setSharing] = useState(false);
  const uids = [...selection.uids.value];
  return (
    <div class="selection-bar" hidden={uids.length === 0}>
      <span role="status">{words().selectedCount(uids.length)}</span>
      <button type="button" class="button" onClick={() => void downloadMany(uids)}>
        <Icon name="download" />
        {words().download}
      </button>
      <button type="button" class="button" onClick={() => setSharing(true)}>
        <Icon name="share" />
        {words().share}
      </button>
      <button type="button" class="button" onClick={() => setDeleting(true)}>
        <Icon name="trash" />
        {words().delete}
      </button>
      <button type="button" class="button quiet" onClick={() => selection.clear()}>
        {words().selectNone}
      </button>
      {isSharing && <ShareDialog uids={uids} onClose={() => setSharing(false)} />}
      {isDeleting && (
        <DeleteDialog
          uids={uids}
          onClose={() => setDeleting(false)}
          onDeleted={(uid) => {
            records.replace(uid, null);
            selection.mark([...selection.uids.peek()].filter((one) => one !== uid));
          }}
        />
      )}
    </div>
  );
}
