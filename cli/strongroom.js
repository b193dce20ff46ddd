#!/usr/bin/env node
/** Runs the command from its TypeScript sources, so that a clone needs no build. */
import { register } from 'tsx/esm/api';

register();
await import('./main.ts');
