import type { Contestant } from './contestant.ts';
import { startNginx } from './nginx.ts';
import { startPeer } from './peer.ts';
import type { Place } from './place.ts';
import type { WharfSystem } from './wharf-system.ts';

export type PeerName = 'reference' | 'multer' | 'fastify' | 'koa-body' | 'tus';
export type ContestantName = 'wharf' | 'nginx' | PeerName;

/** The servers of one run, each started when it is first needed. */
export class Contestants {
  private readonly place: Place;
  private readonly openWharf: () => Promise<WharfSystem>;
  private readonly started = new Map<ContestantName, Promise<Contestant>>();

  constructor(place: Place, openWharf: () => Promise<WharfSystem>) {
    this.place = place;
    this.openWharf = openWharf;
  }

  get(name: ContestantName): Promise<Contestant> {
    const known = this.started.get(name);
    if (known) return known;
    const starting = this.start(name);
    this.started.set(name, starting);
    return starting;
  }

  async stop(): Promise<void> {
    const started = await Promise.allSettled(this.started.values());
    for (const each of started) if (each.status === 'fulfilled') await each.value.stop();
  }

  private start(name: ContestantName): Promise<Contestant> {
    if (name === 'wharf') return this.openWharf();
    return name === 'nginx' ? startNginx(this.place) : startPeer(name, this.place);
  }
}
