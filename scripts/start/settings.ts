import path from 'node:path';

export interface StartSettings {
  dataDir: string;
  host: string;
  port: number;
  /** How long a service may take to end before it is killed. */
  serviceGraceMs: number;
}

/** Throws the ConfigError of the gateway, with all that it does not accept, where `PORT` is no port. */
export async function readSettings(root: string, dataDirOption: string | undefined): Promise<StartSettings> {
  const port = Number(given('PORT') ?? 8080);
  const isPort = Number.isInteger(port) && port >= 0 && port <= 65_535;
  // A service that is done closing in its own time is not killed; one that hangs is.
  const graceMs = Number(given('SHUTDOWN_GRACE_MS') ?? 25_000);
  return {
    dataDir: path.resolve(root, dataDirOption ?? given('WHARF_DATA_DIR') ?? '.wharf'),
    host: (given('HOST') ?? '127.0.0.1').replace(/^\[(.*)\]$/, '$1'),
    port: isPort ? port : (await loadGatewayConfig()).port,
    serviceGraceMs: (Number.isFinite(graceMs) ? graceMs : 25_000) + 5_000,
  };
}

/** Imported for this alone: the gateway is large, and `npm start` keeps running. */
async function loadGatewayConfig() {
  const { gatewaySettings } = await import('@wharf/gateway');
  const { loadConfig } = await import('@wharf/service-kit');
  // Without an address NATS is started.
  return loadConfig(gatewaySettings, { NATS_URL: 'nats://127.0.0.1', ...process.env });
}

/** The variable's value; an empty one counts as not set. */
export function given(name: string): string | undefined {
  return process.env[name] || undefined;
}

/** True when the variable is set, be it through its file. */
export function isGiven(name: string): boolean {
  return given(name) !== undefined || given(`${name}_FILE`) !== undefined;
}
