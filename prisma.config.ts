import { defineConfig } from 'prisma/config';

// `generate`, `validate` and `format` need no native engine, but the command looks for one and tries to download it.
// Pointing it at any program that exists keeps it off the network.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath;

export default defineConfig({ schema: 'prisma/schema.prisma' });
