#!/usr/bin/env node
import { withLocalSystem } from './local-system.js';
import { buildProgram } from './program.js';
import { runProgram } from './run-program.js';

const [, , name] = process.argv;
await runProgram(await buildProgram(process.env, withLocalSystem(process.env), name));
