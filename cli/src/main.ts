#!/usr/bin/env node
import { withLocalSystem } from './local-system.js';
import { buildProgram } from './program.js';
import { runProgram } from './run-program.js';

await runProgram(buildProgram(process.env, withLocalSystem(process.env)));
