import type { Caller, FileTimeline } from '@wharf/contracts';
import { AppError, hasCode } from '@wharf/service-kit';
import type { Context } from 'koa';
import { addRoute, type Door } from '../access/http/add-route.js';
import { callerNow } from '../access/http/authenticate.js';
import { routes } from '../access/route-table.js';
import { parseUid } from '../files/parse-uid.js';
import type { Gateway } from '../gateway.js';
import { FileFollower } from './file-follower.js';
import { FilesFollower } from './files-follower.js';
import { EventStream } from './http/event-stream.js';
import { readTimeline } from './read-timeline.js';

const eventStream = 'text/event-stream';

/** What became of a file, and what becomes of it; and of all files of the caller. */
export function addEventRoutes(door: Door, gateway: Gateway): void {
  addRoute(door, routes.getTimeline, async (context, caller) => {
    const uid = parseUid(context.params.uid);
    context.vary('Accept');
    const type = context.accepts('application/json', eventStream);
    if (type === false) throw notAcceptable('application/json or text/event-stream');
    if (type === eventStream) return followFile(gateway, context, { caller, uid });
    const timeline: FileTimeline = { events: await readTimeline(gateway, uid, caller) };
    context.body = timeline;
  });

  addRoute(door, routes.followFiles, async (context, caller) => {
    if (context.accepts(eventStream) === false) throw notAcceptable('text/event-stream');
    await followFiles(gateway, context, caller);
  });
}

async function followFile(
  gateway: Gateway,
  context: Context,
  { caller, uid }: { caller: Caller; uid: string },
): Promise<void> {
  const lastId = context.get('Last-Event-ID');
  let stream: EventStream | undefined;
  const follower = new FileFollower({
    read: async () => readTimeline(gateway, uid, await callerNow(gateway.access, context, routes.getTimeline.access)),
    send: (event) => stream?.send(event),
    end: () => stream?.end(),
  });
  const leave = await enter(gateway, context, () => gateway.live.follow(follower, uid));
  try {
    const events = await readTimeline(gateway, uid, caller);
    const last = events.at(-1);
    // It has heard all that there will ever be: by this answer browsers ask no more (HTML §9.2.3).
    if (last?.type === 'file.deleted' && last.id === lastId) context.status = 204;
    else stream = open(gateway, context, { leave, onHeartbeat: () => follower.onGap() });
    if (stream) follower.begin(events, lastId);
  } finally {
    if (!stream) leave();
  }
}

async function followFiles(gateway: Gateway, context: Context, caller: Caller): Promise<void> {
  let stream: EventStream | undefined;
  const follower = new FilesFollower(caller, gateway.owners, {
    send: (event) => stream?.send(event),
    end: () => stream?.end(),
  });
  const leave = await enter(gateway, context, () => gateway.live.follow(follower));
  const onHeartbeat = () => {
    callerNow(gateway.access, context, routes.followFiles.access).then(
      (now) => isSame(now, caller) || stream?.end(),
      (error: unknown) => hasCode(error, 'unavailable') || stream?.end(),
    );
  };
  stream = open(gateway, context, { leave, onHeartbeat });
  if (!stream) leave();
}

/** Takes a place among the streams, and follows. What resolves gives both up, once. */
async function enter({ streams }: Gateway, context: Context, follow: () => Promise<() => void>): Promise<() => void> {
  const giveUp = streams.enter(context.ip);
  try {
    const leave = await follow();
    let isIn = true;
    return () => {
      if (!isIn) return;
      isIn = false;
      leave();
      giveUp();
    };
  } catch (error) {
    giveUp();
    throw error;
  }
}

function open(
  { streams }: Gateway,
  context: Context,
  { leave, onHeartbeat }: { leave(): void; onHeartbeat(): void },
): EventStream | undefined {
  if (context.method === 'HEAD' || context.res.closed) {
    context.type = eventStream;
    context.body = '';
    return undefined;
  }
  context.respond = false;
  const stream = new EventStream(context.res, {
    onHeartbeat,
    onClose: () => {
      streams.remove(stream);
      leave();
    },
  });
  streams.add(stream);
  return stream;
}

function isSame(one: Caller, other: Caller): boolean {
  return one.id === other.id && one.scopes.join(' ') === other.scopes.join(' ');
}

function notAcceptable(types: string): AppError {
  return new AppError('not_acceptable', `this route answers with ${types}`);
}
