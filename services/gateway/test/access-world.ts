import type { Running } from '@wharf/service-kit';
import { eventually } from '@wharf/test-kit';
import { AccountsStandIn } from './accounts-stand-in.js';
import { GatewayWorld } from './world.js';

type Environment = Record<string, string>;

/** Gateways that ask who makes a request, and a stand-in for the accounts service. */
export async function openAccessWorld(overrides: Environment = {}) {
  const world = await GatewayWorld.open({ AUTH: 'required', RATE_LIMIT: 'none', ...overrides });
  const accounts = await AccountsStandIn.start(world.bus);
  return {
    world,
    accounts,
    /** Starts a gateway and waits until it can judge tokens. */
    async start(more: Environment = {}): Promise<Running> {
      const running = await world.start(more);
      await eventually(async () => {
        const answer = await fetch(`${running.url}/.well-known/jwks.json`);
        if (answer.status !== 200) throw new Error(`keys are answered ${answer.status}`);
        await answer.arrayBuffer();
      });
      return running;
    },
  };
}

export type AccessWorld = Awaited<ReturnType<typeof openAccessWorld>>;

export const bearer = (token: string) => ({ Authorization: `Bearer ${token}` });
export const cookie = (token: string) => ({ Cookie: `wharf_access=${token}` });

/** Uploads as the holder of a token, and gives back the uid. */
export async function uploadAs(url: string, token: string, query = ''): Promise<string> {
  const answer = await fetch(`${url}/api/v1/files/stream${query}`, {
    method: 'POST',
    body: 'hello',
    headers: { ...bearer(token), 'Content-Type': 'text/plain' },
  });
  const body = (await answer.json()) as { uid: string };
  if (answer.status !== 201) throw new Error(`the upload was answered ${answer.status}: ${JSON.stringify(body)}`);
  return body.uid;
}
