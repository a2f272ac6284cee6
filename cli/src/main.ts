#!/usr/bin/env node
import { Command } from 'commander';

const program = new Command('wharf').description(
  'What operators of Wharf do by hand. Configured by the environment of the services.',
);

await program.parseAsync();
