import { once } from 'node:events';
import { InspectorSession } from './inspector-session.ts';

interface ScriptCoverage {
  url: string;
  functions: { functionName: string; ranges: { startOffset: number; count: number }[] }[];
}

/** Calls of one function. */
interface Calls {
  url: string;
  functionName: string;
  count: number;
}

/** By a key of the function that is the same each time. */
export type CallsByFunction = Map<string, Calls>;

/** Counts the calls of functions in a process that runs with `--inspect`, and in its worker threads. */
export class Coverage {
  private readonly socket: WebSocket;
  private readonly main: InspectorSession;
  private readonly threads = new Map<string, InspectorSession>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    this.main = new InspectorSession(
      (message) => socket.send(message),
      (method, params) => this.follow(method, params),
    );
    socket.addEventListener('message', ({ data }) => this.main.receive(String(data)));
    socket.addEventListener('close', () => this.main.end());
  }

  static async start(inspectorPort: number): Promise<Coverage> {
    const answer = await fetch(`http://127.0.0.1:${inspectorPort}/json/list`);
    const [target] = (await answer.json()) as { webSocketDebuggerUrl: string }[];
    if (!target) throw new Error('the process has no inspector');
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await once(socket, 'open');
    const coverage = new Coverage(socket);
    await begin(coverage.main);
    await coverage.main.send('NodeWorker.enable', { waitForDebuggerOnStart: false });
    return coverage;
  }

  /** The calls since the last time. */
  async take(): Promise<CallsByFunction> {
    const sessions = [this.main, ...this.threads.values()];
    const calls: CallsByFunction = new Map();
    const take = async (session: InspectorSession) => {
      const { result } = await session.send('Profiler.takePreciseCoverage');
      for (const script of result as ScriptCoverage[]) addCalls(calls, script);
    };
    await Promise.all(sessions.map(take));
    return calls;
  }

  stop(): void {
    this.socket.close();
  }

  private follow(method: string, params: Record<string, unknown>): void {
    const sessionId = String(params.sessionId);
    if (method === 'NodeWorker.attachedToWorker') {
      const thread = new InspectorSession((message) =>
        // Of a thread that has ended meanwhile nothing is missed.
        this.main.send('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(() => thread.end()),
      );
      this.threads.set(sessionId, thread);
      begin(thread).catch(() => this.threads.delete(sessionId));
    } else if (method === 'NodeWorker.receivedMessageFromWorker') {
      this.threads.get(sessionId)?.receive(String(params.message));
    } else if (method === 'NodeWorker.detachedFromWorker') {
      this.threads.get(sessionId)?.end();
      this.threads.delete(sessionId);
    }
  }
}

async function begin(session: InspectorSession): Promise<void> {
  await session.send('Profiler.enable');
  await session.send('Profiler.startPreciseCoverage', { callCount: true, detailed: false });
}

function addCalls(calls: CallsByFunction, { functions, url }: ScriptCoverage): void {
  for (const { functionName, ranges } of functions) {
    const [whole] = ranges;
    if (!whole || whole.count === 0) continue;
    const key = `${url}:${whole.startOffset}:${functionName}`;
    const count = (calls.get(key)?.count ?? 0) + whole.count;
    calls.set(key, { url, functionName, count });
  }
}
