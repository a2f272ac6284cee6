import { type CopyTarget, openCopyTarget } from '../copies/copy-target.ts';
import type { CopySource } from '../copies/copy-ways.ts';
import type { BuildName, Contestant, ContestantName, MeasuredProcess } from './contestant.ts';
import { startNginx } from './nginx.ts';
import { startPeer } from './peer.ts';
import type { Place } from './place.ts';
import type { WharfOptions, WharfSystem } from './wharf-system.ts';

/** How the systems of Wharf that take part are opened, each in a folder of this name; the usual one of its build unless told. */
export type OpenSystems = Partial<
  Record<'wharf' | BuildName, (folder: string, options?: WharfOptions) => Promise<WharfSystem>>
>;

/** The servers of one run, each started when it is first needed. */
export class Contestants {
  private readonly place: Place;
  private readonly systems: OpenSystems;
  private readonly kept: { stop(): Promise<void> }[] = [];
  private copyTarget: Promise<CopyTarget> | undefined;
  private s3Pids: readonly number[] = [];
  private readonly started = new Map<ContestantName, Promise<Contestant>>();

  constructor(place: Place, systems: OpenSystems) {
    this.place = place;
    this.systems = systems;
  }

  get(name: ContestantName): Promise<Contestant> {
    const known = this.started.get(name);
    if (known) return known;
    const starting = this.start(name);
    this.started.set(name, starting);
    return starting;
  }

  /** Another system of a build, beside its usual one. It is stopped with the others, or before by who opened it. */
  async open(name: string, purpose: string, options: WharfOptions): Promise<WharfSystem> {
    return this.keep(await this.openerOf(name)(`${name}-${purpose}`, options));
  }

  /** The file that copies are made of, and where to. */
  async copySource(): Promise<CopySource> {
    this.copyTarget ??= openCopyTarget(this.place);
    const { pids, source } = await this.copyTarget;
    this.s3Pids = pids;
    return source;
  }

  s3Processes(): readonly MeasuredProcess[] {
    return this.s3Pids.map((pid) => ({ name: 's3', pid }));
  }

  /** Stops it with the others. */
  keep<Kept extends { stop(): Promise<void> }>(kept: Kept): Kept {
    this.kept.push(kept);
    return kept;
  }

  async stop(): Promise<void> {
    for (const each of this.kept) await each.stop();
    await (await this.copyTarget)?.stop();
    const started = await Promise.allSettled(this.started.values());
    for (const each of started) if (each.status === 'fulfilled') await each.value.stop();
  }

  private start(name: ContestantName): Promise<Contestant> {
    switch (name) {
      case 'wharf':
      case 'first':
      case 'again':
      case 'second':
        return this.openerOf(name)(name);
      case 'nginx':
        return startNginx(this.place);
      default:
        return startPeer(name, this.place);
    }
  }

  private openerOf(name: string) {
    const open = this.systems[name as 'wharf' | BuildName];
    if (!open) throw new Error(`${name} takes no part in this run`);
    return open;
  }
}
