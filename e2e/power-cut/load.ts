import { randomBytes } from 'node:crypto';
import { FileRecord } from '@wharf/contracts';
import { eventually } from '@wharf/test-kit';
import { sha256Of, upload } from '../chaos/load.ts';

/** An upload that was answered 201 or 202. */
export interface Kept {
  uid: string;
  sha256: string;
  sizeBytes: number;
}

const kibibyte = 1024;
/** In memory up to 64 KiB, then staged; by form and raw in turns, since their number is odd. */
const sizes = [5, 10 * kibibyte, 1024 * kibibyte, 10 * kibibyte, 0, 70 * kibibyte, 20 * 1024 * kibibyte];
const width = 6;
/** Each size by form and raw. */
const enough = 2 * sizes.length;

export interface Load {
  kept: Kept[];
  /** Resolves when files of all sizes were answered. */
  untilVaried(): Promise<void>;
  /** Nothing more is begun; resolves when what was under way has ended, however. */
  end(): Promise<void>;
}

/** Uploads, again and again and without a second try, until it is ended. */
export function beginLoad(gatewayUrl: string): Load {
  const kept: Kept[] = [];
  let isOver = false;
  let next = 0;
  const lane = async () => {
    while (!isOver) {
      const index = next++;
      const bytes = randomBytes(sizes[index % sizes.length] as number);
      const uid = await answeredUid(() => upload(gatewayUrl, index, bytes, {}));
      if (uid) kept.push({ uid, sha256: sha256Of(bytes), sizeBytes: bytes.length });
    }
  };
  const lanes = Promise.all(Array.from({ length: width }, lane));
  return {
    kept,
    untilVaried: () =>
      eventually(
        () => {
          if (kept.length < enough || !kept.some(({ sizeBytes }) => sizeBytes === Math.max(...sizes)))
            throw new Error(`only ${kept.length} uploads were answered`);
        },
        { timeoutMs: 30_000 },
      ),
    end: async () => {
      isOver = true;
      await lanes;
    },
  };
}

/** An answer that broke off has told nobody anything. */
async function answeredUid(send: () => Promise<Response>): Promise<string | undefined> {
  try {
    const answer = await send();
    const body: unknown = await answer.json();
    return answer.status === 201 || answer.status === 202 ? FileRecord.parse(body).uid : undefined;
  } catch {
    return undefined;
  }
}
