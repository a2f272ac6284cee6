import path from 'node:path';

export interface StartSettings {
  dataDir: string;
  host: string;
  port: number;
  /** How long a service may take to end before it is killed. */
  serviceGraceMs: number;
}

/** Throws the ConfigError of the gateway, with all that it does not accept, where `PORT` is no port, or where it is not said who may use it. */
export async function readSettings(root: string, dataDirOption: string | undefined): Promise<StartSettings> {
  const port = Number(given('PORT') ?? 8080);
  const isPort = Number.isInteger(port) && port >= 0 && port <= 65_535;
  // A service that is done closing in its own time is not killed; one that hangs is.
  const graceMs = Number(given('SHUTDOWN_GRACE_MS') ?? 25_000);
  const host = (given('HOST') ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1');
  const accepted = isPort && isAccessClear(host) ? undefined : await loadGatewayConfig();
  return {
    dataDir: path.resolve(root, dataDirOption ?? given('WHARF_DATA_DIR') ?? '.wharf'),
    host,
    port: accepted?.port ?? port,
    serviceGraceMs: (Number.isFinite(graceMs) ? graceMs : 25_000) + 5_000,
  };
}

/** Imported for this alone: the gateway is large, and `npm start` keeps running. */
async function loadGatewayConfig() {
  const { checkGateway, gatewaySettings } = await import('@wharf/gateway/config');
  const { loadConfig } = await import('@wharf/service-kit');
  const isStoreGiven = isGiven('OBJECT_STORE_URL') || isGiven('S3_ENDPOINT_URL');
  // What is not given is started.
  const ours = { NATS_URL: 'nats://127.0.0.1', ...(!isStoreGiven && { OBJECT_STORE_URL: 'file:///started' }) };
  const theirs = Object.entries(process.env).filter(([, value]) => value !== '');
  return loadConfig(gatewaySettings, { ...ours, ...Object.fromEntries(theirs) }, checkGateway);
}

/** Of names that only look like loopback, and of all else, the gateway's settings say more. */
function isAccessClear(host: string): boolean {
  const auth = given('AUTH');
  return auth === undefined ? ['127.0.0.1', '::1', 'localhost'].includes(host) : ['open', 'required'].includes(auth);
}

/** The variable's value; an empty one counts as not set. */
export function given(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** True when the variable is set, be it through its file. */
export function isGiven(name: string): boolean {
  return given(name) !== undefined || given(`${name}_FILE`) !== undefined;
}
