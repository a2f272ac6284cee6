import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

// Every wall between the parts of Wharf: what it refuses, and beside it what it lets through. Each case is a file in a
// folder of its own with the linters' configuration; each linter runs once over all of them.

interface Case {
  file: string;
  code: string;
  /** Part of the linter's message; nothing where the code is permitted. */
  error?: string;
}

const nats = 'Only libs/messaging speaks to NATS';
const minio = 'Only libs/object-store speaks to S3';
const handlers = 'Handlers are declared by OnRpc and OnEvent';
const services = 'Services and libraries import libraries, never a service';
const transport = 'A use case knows neither Koa nor Nest';
const environment = 'Only main.ts reads the environment';
const floating = 'no-floating-promises';
const misused = 'no-misused-promises';

const useCase = 'services/metadata/src/files/{}.ts';
const lib = 'libs/volume/src/{}.ts';

const cases: Case[] = [
  { file: useCase, code: "import { connect } from 'nats';", error: nats },
  { file: lib, code: "export * from 'nats';", error: nats },
  { file: lib, code: "export const nats = import('nats/lib/index.js');", error: nats },
  { file: lib, code: "export type Connection = import('nats').NatsConnection;", error: nats },
  { file: 'cli/src/{}.ts', code: "import type { NatsConnection } from '@nats-io/transport-node';", error: nats },
  { file: 'libs/messaging/src/{}.ts', code: "import { connect } from 'nats';" },
  { file: 'e2e/{}.ts', code: "import { connect } from 'nats';" },
  { file: lib, code: "import { nat } from 'natural';" },

  { file: useCase, code: "import { Client } from 'minio';", error: minio },
  { file: 'libs/messaging/src/{}.ts', code: "import type { Client } from 'minio';", error: minio },
  { file: 'libs/object-store/src/{}.ts', code: "import { Client } from 'minio';" },

  {
    file: 'services/janitor/src/deletions/{}.events.ts',
    code: "import { EventPattern } from '@nestjs/microservices';",
    error: handlers,
  },
  {
    file: 'services/metadata/src/files/{}.rpc.ts',
    code: "import { MessagePattern } from '@nestjs/microservices';",
    error: handlers,
  },
  { file: 'cli/test/{}.ts', code: "import { EventPattern } from '@nestjs/microservices';", error: handlers },
  { file: 'libs/messaging/src/{}.ts', code: "import { EventPattern } from '@nestjs/microservices';" },

  { file: 'services/gateway/src/{}.ts', code: "import { startMetadata } from '@wharf/metadata';", error: services },
  {
    file: 'services/gateway/src/{}.ts',
    code: "import { metadataSettings } from '@wharf/metadata/config';",
    error: services,
  },
  { file: useCase, code: "import { startAccounts } from '@wharf/accounts';", error: services },
  { file: useCase, code: "import { plan } from '../../../gateway/src/uploads/plan-file.js';", error: services },
  {
    file: 'services/metadata/test/{}.ts',
    code: "import { plan } from '../../gateway/src/uploads/plan-file.js';",
    error: services,
  },
  { file: lib, code: "import { startJanitor } from '@wharf/janitor';", error: services },
  {
    file: lib,
    code: "import { copy } from '../../../services/cloud-sync/dist/copies/copy-to-cloud.js';",
    error: services,
  },
  { file: lib, code: "import { catchUp } from '../../../cli/src/catch-up.js';", error: services },
  { file: 'services/gateway/src/{}.ts', code: "import { placeOf } from '@wharf/contracts';" },
  { file: useCase, code: "import type { Metadata } from '../metadata.js';" },
  { file: 'cli/src/{}.ts', code: "import { metadataSettings } from '@wharf/metadata/config';" },
  { file: useCase, code: "import { run } from '@wharf/database';" },
  { file: 'e2e/{}.ts', code: "import { startMetadata } from '@wharf/metadata';" },

  { file: 'services/gateway/src/uploads/{}.ts', code: "import type { Context } from 'koa';", error: transport },
  { file: 'services/gateway/src/uploads/{}.ts', code: "import Router from '@koa/router';", error: transport },
  { file: useCase, code: "import { Injectable } from '@nestjs/common';", error: transport },
  { file: useCase, code: "import type { EventContext } from '@wharf/messaging/nest';", error: transport },
  { file: 'services/gateway/src/uploads/{}.route.ts', code: "import type { Context } from 'koa';" },
  { file: 'services/gateway/src/http/{}.ts', code: "import type { Context } from 'koa';" },
  { file: 'services/metadata/src/files/{}.rpc.ts', code: "import { OnRpc } from '@wharf/messaging/nest';" },

  { file: useCase, code: 'export const home = process.env.HOME;', error: environment },
  { file: useCase, code: "export const home = process['env'].HOME;", error: environment },
  { file: useCase, code: 'export const { env } = process;', error: environment },
  { file: useCase, code: "import { env } from 'node:process';", error: environment },
  { file: lib, code: 'export const home = process.env.HOME;', error: environment },
  { file: 'services/gateway/src/config.ts', code: 'export const home = process.env.HOME;', error: environment },
  { file: 'services/gateway/src/main.ts', code: 'export const home = process.env.HOME;' },
  { file: 'scripts/{}.ts', code: 'export const home = process.env.HOME;' },
  { file: useCase, code: 'export const { pid } = process.versions;' },

  { file: useCase, code: 'work();', error: floating },
  { file: 'scripts/{}.ts', code: 'work().then(use);', error: floating },
  { file: 'e2e/{}.ts', code: 'new Job().stop();', error: floating },
  { file: useCase, code: 'export const started = maybe() ?? 1; maybe();', error: floating },
  { file: useCase, code: 'await work();' },
  { file: useCase, code: 'work().catch(use);' },
  { file: useCase, code: 'void work();' },

  { file: useCase, code: 'setInterval(async () => { await work(); }, 1000);', error: misused },
  { file: useCase, code: 'setTimeout(() => work(), 1000);', error: misused },
  { file: useCase, code: 'listen({ onEvent: async () => { await work(); } });', error: misused },
  { file: lib, code: 'export const isDone = work() ? 1 : 2;', error: misused },
  { file: lib, code: 'export const all = { ...work() };', error: misused },
  { file: useCase, code: 'export const isRunning = maybe() ? 1 : 2;' },
];

/** What the cases with promises work with. */
const declarations = `
declare function work(): Promise<void>;
declare function maybe(): Promise<void> | undefined;
declare function use(result: unknown): void;
declare function listen(listener: { onEvent(): void }): void;
declare function setTimeout(callback: () => void, ms: number): void;
declare function setInterval(callback: () => void, ms: number): void;
declare class Job { stop(): Promise<void> | undefined; }
`;

const compilerOptions = { strict: true, target: 'es2023', lib: ['es2023'], module: 'nodenext', types: [] };
const fileOf = ({ file }: Case, index: number) => file.replace('{}', `case-${index}`);

let folder: string;
/** What the linters say about each file. */
const said = new Map<string, string>();

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'wharf-walls-'));
  for (const part of ['biome.json', '.oxlintrc.json', 'scripts/lint']) {
    cpSync(part, path.join(folder, part), { recursive: true });
  }
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['**/*'] }));
  writeFileSync(path.join(folder, 'declarations.d.ts'), declarations);
  for (const [index, each] of cases.entries()) {
    const file = path.join(folder, fileOf(each, index));
    mkdirSync(path.dirname(file), { recursive: true });
    // A module, so that cases share no names.
    writeFileSync(file, `${each.code}\nexport {};\n`);
  }
  lint('biome', ['lint', '--only=plugin', '--vcs-enabled=false', '--reporter=github', '--max-diagnostics=none']);
  lint('oxlint', ['--format=github']);
});

afterAll(() => rmSync(folder, { recursive: true }));

function lint(linter: string, options: string[]): void {
  const { stdout } = spawnSync(path.resolve('node_modules/.bin', linter), options, { cwd: folder, encoding: 'utf8' });
  for (const line of stdout.split('\n')) {
    const file = /file=([^,]+),/.exec(line)?.[1];
    if (!file) continue;
    const name = path.relative(folder, path.resolve(folder, file));
    said.set(name, `${said.get(name) ?? ''}${line}\n`);
  }
}

test.each(cases.map((each, index) => ({ ...each, file: fileOf(each, index) })))('$file: $code', ({ file, error }) => {
  if (error) expect(said.get(file)).toContain(error);
  else expect(said.get(file)).toBeUndefined();
});
