import { markerPattern, type Owner } from './owner.ts';

/** What is said and answered, whoever says it. */
export interface Exchange {
  /** Undefined: nobody in particular. */
  who: Owner | undefined;
  /** The request: what it names was known to who sent it. */
  said: string;
  answered: string;
  /** Somebody whose file the caller may read here. */
  host?: Owner | undefined;
}

/** uids and other ids, digests in hex and base64, tokens of links. */
const names = [
  /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g,
  /(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g,
  /(?<![\w-])[\w-]{43}(?![\w-])/g,
  /(?<![\w+/])[\w+/]{43}=/g,
];

/** Looks into every answer for what belongs to somebody else. */
export class Witness {
  readonly faults: string[] = [];
  exchanges = 0;
  private readonly owners: readonly Owner[];
  private readonly belongings = new Map<string, Owner>();
  /** Names that were in answers before it was known whose they are. */
  private readonly unknown = new Map<string, Map<Owner | undefined, string>>();

  constructor(owners: readonly Owner[]) {
    this.owners = owners;
  }

  fault(what: string): void {
    this.faults.push(what);
  }

  /** Whose these names are; answers of before are judged as well. */
  belongTo(owner: Owner, ...things: string[]): void {
    for (const thing of things) {
      this.belongings.set(thing, owner);
      for (const [who, where] of this.unknown.get(thing) ?? []) {
        if (who !== owner) this.fault(`${where}: ${thing} of ${owner.marker}`);
      }
      this.unknown.delete(thing);
    }
  }

  look({ answered, host, said, who }: Exchange): void {
    this.exchanges++;
    const where = `${who?.marker ?? 'nobody'} said ${said.slice(0, 300)} and was answered ${answered.slice(0, 300)}`;
    const text = withReadCursors(answered);
    for (const marker of new Set(text.match(markerPattern))) {
      const isOwn = marker === who?.marker || marker === host?.marker;
      if (!isOwn && !said.includes(marker)) this.fault(`${where}: ${marker}`);
    }
    for (const name of new Set(names.flatMap((pattern) => text.match(pattern) ?? []))) {
      if (!said.includes(name)) this.lookAtName(name, { who, host, where });
    }
    for (const owner of this.owners) {
      const isOwn = owner === who || owner === host;
      if (!isOwn && text.includes(owner.id) && !said.includes(owner.marker))
        this.fault(`${where}: id of ${owner.marker}`);
    }
  }

  private lookAtName(name: string, { host, where, who }: Pick<Exchange, 'who' | 'host'> & { where: string }): void {
    const owner = this.belongings.get(name);
    if (owner === undefined) {
      const seen = this.unknown.get(name) ?? new Map<Owner | undefined, string>();
      if (!host) this.unknown.set(name, seen.set(who, where));
    } else if (owner !== who && owner !== host) {
      this.fault(`${where}: ${name} of ${owner.marker}`);
    }
  }
}

/** Cursors are opaque, and no hiding place. */
function withReadCursors(text: string): string {
  const cursor = /"next_cursor":"([\w-]+)"/.exec(text)?.[1];
  return cursor === undefined ? text : `${text} ${Buffer.from(cursor, 'base64url')}`;
}
