import { wharf } from '../api/wharf.ts';
import { words } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Form } from '../parts/form.tsx';
import { announce } from '../parts/notices.tsx';

interface DeleteOptions {
  uids: readonly string[];
  onClose(): void;
  onDeleted(uid: string): void;
}

export function DeleteDialog({ onClose, onDeleted, uids }: DeleteOptions) {
  const remove = async () => {
    for (const uid of uids) {
      await wharf.files.delete(uid);
      onDeleted(uid);
    }
    announce(words().deletedCount(uids.length));
    onClose();
  };
  return (
    <Dialog title={words().deleteCount(uids.length)} onClose={onClose}>
      <Form action={words().delete} isDangerous leave={{ label: words().cancel, onLeave: onClose }} onSubmit={remove}>
        <p>{words().deleteHint}</p>
      </Form>
    </Dialog>
  );
}
