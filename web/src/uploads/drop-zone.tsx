import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { words } from '../language/language.ts';
import { Icon } from '../parts/icon.tsx';
import { complain } from '../parts/notices.tsx';
import { type ChosenFile, chosenFiles, readDropped } from './read-dropped.ts';

/** Preact's types do not know it. */
const asFolder = { webkitdirectory: true } as object;

interface DropOptions {
  /** What an input offers, such as `image/*`. */
  accept?: string;
  onChosen(chosen: ChosenFile[]): void;
  children?: ComponentChildren;
}

/** Takes files wherever on the page they are dropped, pasted ones, and those of two buttons: for files and for a folder. */
export function DropZone({ accept, children, onChosen }: DropOptions) {
  const isOver = useDrops(onChosen);
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    onChosen(chosenFiles(input.files));
    // The same file may be chosen again.
    input.value = '';
  };
  const shared = {
    ...{ type: 'file', multiple: true, hidden: true, tabIndex: -1 },
    onChange: (event: { currentTarget: HTMLInputElement }) => take(event.currentTarget),
  };
  return (
    <div class={isOver ? 'drop-zone over' : 'drop-zone'}>
      <Icon name="upload" />
      <p class="drop-hint">{isOver ? words().dropNow : words().dropHere}</p>
      <div class="drop-buttons">
        <button type="button" class="button primary" onClick={() => files.current?.click()}>
          {words().chooseFiles}
        </button>
        <button type="button" class="button" onClick={() => folder.current?.click()}>
          <Icon name="folder" />
          {words().chooseFolder}
        </button>
      </div>
      <input ref={files} {...shared} aria-label={words().chooseFiles} {...(accept && { accept })} data-choose="files" />
      <input ref={folder} {...shared} {...asFolder} aria-label={words().chooseFolder} data-choose="folder" />
      {children}
    </div>
  );
}

function useDrops(onChosen: DropOptions['onChosen']): boolean {
  const [isOver, setOver] = useState(false);
  const newest = useRef(onChosen);
  newest.current = onChosen;
  useEffect(() => {
    const ending = new AbortController();
    const listen = { signal: ending.signal };
    const take = (transfer: DataTransfer | null) => {
      if (transfer) readDropped(transfer).then((chosen) => chosen.length > 0 && newest.current(chosen), complain);
    };
    const hasFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false;
    addEventListener(
      'dragover',
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      },
      listen,
    );
    addEventListener('dragleave', (event) => event.relatedTarget === null && setOver(false), listen);
    addEventListener(
      'drop',
      (event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        take(event.dataTransfer);
      },
      listen,
    );
    addEventListener('paste', (event) => event.clipboardData?.files.length && take(event.clipboardData), listen);
    return () => ending.abort();
  }, []);
  return isOver;
}
