/** Puts what the compiler does not make beside what it makes. */
import { chmodSync, cpSync } from 'node:fs';

cpSync('src/web/assets', 'dist/web/assets', { recursive: true });
chmodSync('dist/main.js', 0o755);
