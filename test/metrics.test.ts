/** What `/metrics` tells, as Prometheus reads it; and that the files in `deploy/` ask only for what there is. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Metrics } from '../src/metrics.ts';
import { startNode } from '../src/node/start.ts';
import { temporaryDirectory } from './support/directories.ts';
import { testNodeOptions } from './support/nodeOptions.ts';

const PROMTOOL = '/usr/bin/promtool';
const BUILD = { version: '1.2.3', network: 'dev', genesis: 'ab' };

/** Value of a sample by its name and labels as they are written; null when there is none. */
function sampleOf(text: string, sample: string): number | null {
  const line = text.split('\n').find((line) => line.startsWith(`${sample} `));
  return line === undefined ? null : Number(line.slice(sample.length + 1));
}

let node: string;
beforeAll(async () => {
  const running = await startNode(testNodeOptions({ dataDir: temporaryDirectory(), logLevel: 'silent' }));
  const ask = (query: string) =>
    fetch(`${running.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
  await ask('{ node { height } }');
  await ask('{ nothing }');
  await ask('{ node');
  await ask('mutation { post(input: { author: "", content: "x" }) { status { reason } } }');
  const stream = await fetch(`${running.url}/graphql?query=subscription{nodeStatus{height}}`, {
    headers: { accept: 'text/event-stream' },
  });
  await stream.body?.cancel();
  node = await (await fetch(`${running.url}/metrics`)).text();
  await running.close();
});

describe('a node', () => {
  it.each([
    ['stele_ready', 1],
    ['stele_tip_height', 0],
    ['stele_not_ready_reason{reason="CLOCK_BEHIND"}', 0],
    ['stele_graphql_operations_total{via="http",type="query"}', 1],
    ['stele_graphql_operations_total{via="http",type="mutation"}', 1],
    ['stele_graphql_operations_total{via="http",type="subscription"}', 1],
    ['stele_refusals_total{code="AUTHOR_INVALID"}', 1],
    ['stele_reorganisation_depth_blocks_count', 0],
    ['stele_log_lines_lost_total', 0],
    ['stele_damaged_posts_total', 0],
    // Four requests; the stream is left out.
    ['stele_http_request_duration_seconds_count{route="/graphql",status="200"}', 4],
  ])('tells %s: %d', (sample, value) => expect(sampleOf(node, sample)).toBe(value));

  it('reports the sizes of its files and the free room on the disk', () => {
    expect(sampleOf(node, 'stele_file_size_bytes{file="stele.db"}')).toBeGreaterThan(0);
    expect(sampleOf(node, 'stele_disk_free_bytes')).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync(PROMTOOL))('keeps the conventions of Prometheus in what is its own', () => {
    const { stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: node, encoding: 'utf8' });
    expect(`${stdout}${stderr}`.split('\n').filter((line) => line.startsWith('stele_'))).toEqual([]);
  });
});

describe('metrics', () => {
  it('count reorganisations by their depth', async () => {
    const metrics = new Metrics(BUILD);
    for (const depth of [1, 1, 5]) metrics.reorganised(depth);
    const text = await metrics.text();
    expect(sampleOf(text, 'stele_reorganisation_depth_blocks_bucket{le="2"}')).toBe(2);
    expect(sampleOf(text, 'stele_reorganisation_depth_blocks_count')).toBe(3);
  });

  it('count operations by transport', async () => {
    const metrics = new Metrics(BUILD);
    metrics.operation('websocket', 'query');
    expect(sampleOf(await metrics.text(), 'stele_graphql_operations_total{via="websocket",type="query"}')).toBe(1);
  });

  it('read state when they are asked for, with labels or without', async () => {
    const metrics = new Metrics(BUILD);
    let height = 1;
    metrics.watch([
      { type: 'gauge', name: 'a', help: 'A.', read: () => height },
      {
        type: 'counter',
        name: 'b_total',
        help: 'B.',
        labels: ['of'],
        read: () => [{ labels: { of: 'c' }, value: height }],
      },
    ]);
    await metrics.text();
    height = 5;
    const text = await metrics.text();
    expect([sampleOf(text, 'stele_a'), sampleOf(text, 'stele_b_total{of="c"}')]).toEqual([5, 5]);
  });

  it('include the build, also where nothing has happened', async () => {
    const text = await new Metrics(BUILD).text();
    expect(text).toContain('stele_build_info{version="1.2.3",network="dev",genesis="ab"');
  });
});

describe('the files in deploy/', () => {
  const file = (name: string) => new URL(`../deploy/${name}`, import.meta.url);
  const names = () =>
    new Set(
      [...node.matchAll(/^# TYPE (\S+) (\S+)/gm)].flatMap(([, name, type]) => {
        return type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name];
      }),
    );

  it.each(['prometheus/stele.rules.yml', 'grafana/stele.json'])('%s names only metrics that exist', (name) => {
    const asked = readFileSync(file(name), 'utf8').match(/\b(stele|process|nodejs)_[a-z0-9_]+/g) ?? [];
    expect(asked.length).toBeGreaterThan(10);
    expect(asked.filter((metric) => !names().has(metric))).toEqual([]);
  });

  it.skipIf(!existsSync(PROMTOOL))('promtool finds no fault', () => {
    execFileSync(PROMTOOL, ['check', 'rules', file('prometheus/stele.rules.yml').pathname]);
    execFileSync(PROMTOOL, ['check', 'config', file('prometheus/prometheus.yml').pathname]);
  });

  it('the dashboard has one panel at each position', () => {
    const { panels } = JSON.parse(readFileSync(file('grafana/stele.json'), 'utf8'));
    const places = panels.map(({ gridPos: { x, y } }: { gridPos: { x: number; y: number } }) => `${x},${y}`);
    expect(new Set(places).size).toBe(panels.length);
  });
});
