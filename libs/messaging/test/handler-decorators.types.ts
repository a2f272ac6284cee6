import {
  ClaimDownload,
  type EventOf,
  FileStored,
  type FileSynced,
  type RpcReply,
  type RpcRequest,
} from '@wharf/contracts';
import { type EventContext, inBatches, OnEvent, OnRpc, type Received, type Refusal } from '../src/nest.js';

// Compiled by the build and never run: a line without the error that is expected of it fails the build.

type Claim = RpcRequest<typeof ClaimDownload>;
type Claimed = RpcReply<typeof ClaimDownload>;
type Stored = EventOf<typeof FileStored>;
type Synced = EventOf<typeof FileSynced>;

declare const claimed: Claimed;
declare const refusals: Refusal[];

export class FittingHandlers {
  @OnRpc(ClaimDownload)
  async claim(_request: Claim): Promise<Claimed> {
    return claimed;
  }

  @OnRpc(ClaimDownload)
  async claimForOneField({ uid: _uid }: Pick<Claim, 'uid'>): Promise<Claimed> {
    return claimed;
  }

  @OnRpc(ClaimDownload)
  async claimWithoutLooking(): Promise<Claimed> {
    return claimed;
  }

  @OnEvent(FileStored)
  async onFileStored(_event: Stored): Promise<void> {}

  @OnEvent(FileStored)
  async onFileStoredInContext(_event: Stored, _context: EventContext): Promise<void> {}

  @OnEvent(FileStored, inBatches)
  async onFilesStored(_batch: Received<Stored>[]): Promise<void> {}

  @OnEvent(FileStored, inBatches)
  async onFilesStoredWithRefusals(_batch: Received<Stored>[]): Promise<Refusal[]> {
    return refusals;
  }
}

export class RequestHandlersOfAnotherShape {
  // @ts-expect-error: the request of another contract
  @OnRpc(ClaimDownload)
  async ofAnotherContract(_request: { claim_id: string }): Promise<Claimed> {
    return claimed;
  }

  // @ts-expect-error: a field of the request instead of the request
  @OnRpc(ClaimDownload)
  async ofOneField(_uid: string): Promise<Claimed> {
    return claimed;
  }

  // @ts-expect-error: a required field of a type that the contract does not promise
  @OnRpc(ClaimDownload)
  async ofAnotherType(_request: Omit<Claim, 'first_byte'> & { first_byte: number }): Promise<Claimed> {
    return claimed;
  }

  // @ts-expect-error: requests have no second argument
  @OnRpc(ClaimDownload)
  async withContext(_request: Claim, _context: EventContext): Promise<Claimed> {
    return claimed;
  }

  // @ts-expect-error: the reply of another contract
  @OnRpc(ClaimDownload)
  async withAnotherReply(_request: Claim): Promise<{ outcome: string }> {
    return { outcome: 'applied' };
  }

  // @ts-expect-error: a reply without one of its fields
  @OnRpc(ClaimDownload)
  async withHalfTheReply(_request: Claim): Promise<Omit<Claimed, 'lease_ms'>> {
    return claimed;
  }

  // @ts-expect-error: no reply
  @OnRpc(ClaimDownload)
  async withoutReply(_request: Claim): Promise<void> {}

  // @ts-expect-error: a reply that is not a promise
  @OnRpc(ClaimDownload)
  withReplyAtOnce(_request: Claim): Claimed {
    return claimed;
  }

  // @ts-expect-error: an event is not a request
  @OnRpc(FileStored)
  async ofAnEvent(_event: Stored): Promise<void> {}
}

export class EventHandlersOfAnotherShape {
  // @ts-expect-error: another event
  @OnEvent(FileStored)
  async ofAnotherEvent(_event: Synced): Promise<void> {}

  // @ts-expect-error: the data of the event instead of the event
  @OnEvent(FileStored)
  async ofItsData(_data: Stored['data']): Promise<void> {}

  // @ts-expect-error: the context comes second
  @OnEvent(FileStored)
  async ofContextFirst(_context: EventContext, _event: Stored): Promise<void> {}

  // @ts-expect-error: there is no third argument
  @OnEvent(FileStored)
  async ofThree(_event: Stored, _context: EventContext, _more: string): Promise<void> {}

  // @ts-expect-error: a result that nobody reads
  @OnEvent(FileStored)
  async withResult(_event: Stored): Promise<string> {
    return 'stored';
  }

  // @ts-expect-error: refusals exist only in batches
  @OnEvent(FileStored)
  async withRefusals(_event: Stored): Promise<Refusal[]> {
    return refusals;
  }

  // @ts-expect-error: a handler whose end cannot be awaited
  @OnEvent(FileStored)
  atOnce(_event: Stored): void {}

  // @ts-expect-error: a batch without `inBatches`
  @OnEvent(FileStored)
  async ofBatch(_batch: Received<Stored>[]): Promise<void> {}

  // @ts-expect-error: one event with `inBatches`
  @OnEvent(FileStored, inBatches)
  async ofOneEvent(_event: Stored): Promise<void> {}

  // @ts-expect-error: a batch of other events
  @OnEvent(FileStored, inBatches)
  async ofOtherEvents(_batch: Received<Synced>[]): Promise<void> {}

  // @ts-expect-error: each event of a batch carries its own context
  @OnEvent(FileStored, inBatches)
  async ofBatchInContext(_batch: Received<Stored>[], _context: EventContext): Promise<void> {}

  // @ts-expect-error: a result that is no refusal
  @OnEvent(FileStored, inBatches)
  async withOtherResults(_batch: Received<Stored>[]): Promise<string[]> {
    return [];
  }

  // @ts-expect-error: a request is not an event
  @OnEvent(ClaimDownload)
  async ofRequest(_request: Claim): Promise<void> {}
}
