import { describe, expect, test } from '@jest/globals';
import { asHtml } from '../../../src/cli/diff/as-html.ts';
import { asMarkdown } from '../../../src/cli/diff/as-markdown.ts';
import { asText } from '../../../src/cli/diff/as-text.ts';
import { NO_PLACES, type Presentation } from '../../../src/cli/diff/places.ts';
import { type Applied, type ClusterDiff, diffSnapshots } from '../../../src/flux/index.ts';
import type { JsonObject } from '../../../src/manifest/index.ts';

const shown: Presentation = {
  compared: [{ name: 'main' }, { name: 'HEAD' }],
  places: NO_PLACES,
  paint: (text) => text,
};

function config(name: string, a: string, kind = 'ConfigMap'): JsonObject {
  return { apiVersion: 'v1', kind, metadata: { name, namespace: 'web' }, data: { a } };
}

function applied(name: string, ...objects: readonly JsonObject[]): Applied {
  return { kustomization: `flux-system/${name}`, spec: { prune: true }, objects, isWhole: true };
}

const HOSTILE =
  'x`</code></details><script>alert(1)</script><img src=x onerror=alert(1)> @everyone **b**\n- PersistentVolumeClaim/web/forged \u202egnp\u001b[31m';

describe('a name or a value from the repository', () => {
  const diff: ClusterDiff = diffSnapshots(
    [applied('site', config('page', 'one'), config(HOSTILE, '1', 'PersistentVolumeClaim'))],
    [applied('site', config('page', `\`\`\`\n${HOSTILE}`))],
  );

  test('makes no line of its own, and moves no cursor, in a terminal', () => {
    const text = asText(diff, shown);
    expect(text).not.toMatch(/[\u001b\u202e]|^ *- PersistentVolumeClaim\/web\/forged/m);
  });

  test('is no markup, mentions nobody and ends no block in Markdown', () => {
    const markdown = asMarkdown(diff, shown);
    const outside = markdown.replace(/```diff\n[^]*?\n```\n/g, '').replace(/(`+)(?!`)[^]*?[^`]\1(?!`)/g, '');
    expect(outside).not.toMatch(/<script|<img|@everyone|\*\*b\*\*/);
    expect(markdown.match(/^```/gm)).toHaveLength(2);
  });

  test('is text in HTML', () => {
    const html = asHtml(diff, { ...shown, compared: [{ name: HOSTILE }, { name: 'HEAD' }] });
    expect(html).not.toMatch(/<script|<img|\u202e|\u001b/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });
});

describe('a comment on a pull request', () => {
  const many = Array.from({ length: 1500 }, (_, at) => String(at).padStart(4, '0'));
  const side = (value: string): Applied[] => many.map((name) => applied(name, config(name, value.repeat(60))));

  test('has no more characters than GitHub takes, and says for how much there is no room', () => {
    const markdown = asMarkdown(diffSnapshots(side('a'), side('b')), shown);
    expect(markdown.length).toBeLessThanOrEqual(65_536);
    const sections = markdown.match(/<details>/g)?.length ?? 0;
    expect(sections).toBeGreaterThan(100);
    expect(markdown).toContain(`There is no room for ${1500 - sections} Kustomizations or releases more`);
    expect(markdown.match(/<\/details>/g)).toHaveLength(sections);
  });

  test('has all dangers that there is room for, before all else', () => {
    const claims = many.map((name) => applied(name, config(name, 'a', 'PersistentVolumeClaim')));
    const none = many.map((name) => applied(name));
    const markdown = asMarkdown(diffSnapshots(claims, none), shown);
    expect(markdown.length).toBeLessThanOrEqual(65_536);
    const dangers = markdown.match(/^- ⚠️ \*\*data-loss\*\*/gm)?.length ?? 0;
    expect(dangers).toBeGreaterThan(100);
    expect(markdown).toContain(`- ⚠️ and ${1500 - dangers} more\n`);
    expect(markdown.indexOf('data-loss')).toBeLessThan(markdown.indexOf('<details>'));
  });
});

test('a text of several lines is shown by the lines that differ', () => {
  const page = (line: string): string => `one\ntwo\n${line}\nfour\nfive\n`;
  const diff = diffSnapshots(
    [applied('site', config('page', page('three')))],
    [applied('site', config('page', page('3')))],
  );
  expect(asText(diff, shown)).toContain('      data.a:\n         two\n        -three\n        +3\n         four\n');
});

describe('the page of a diff', () => {
  const claim = config('data', 'a', 'PersistentVolumeClaim');
  const release = {
    apiVersion: 'helm.toolkit.fluxcd.io/v2',
    kind: 'HelmRelease',
    metadata: { name: 'x', namespace: 'web' },
  };
  const ofRelease = (name: string): Applied => ({
    ...applied('site', config('made', name)),
    release: 'web/x',
    spec: { releaseName: name },
  });
  const sides = ['a', 'b'].map((value) => [
    applied('site', { ...release, spec: { releaseName: value } }, ...(value === 'a' ? [claim] : [])),
    applied('other', config('c', value)),
    ofRelease(value),
  ]);
  const html = asHtml(diffSnapshots(sides[0] ?? [], sides[1] ?? []), shown);

  test('leads from each danger, and from a list of what changes, to the one place that shows it', () => {
    const ids = Array.from(html.matchAll(/ id="([^"]*)"/g), ([, id]) => id);
    const links = Array.from(html.matchAll(/<a href="#([^"]*)"><code>([^<]*)</g), ([, id, name]) => [name, id]);
    expect(new Set(ids).size).toBe(ids.length);
    expect(links.map(([name]) => name)).toEqual([
      'PersistentVolumeClaim/web/data',
      'HelmRelease/web/x',
      'flux-system/other',
      'flux-system/site',
      'HelmRelease/web/x',
    ]);
    for (const [, id] of links) expect(ids).toContain(id);
  });

  test('has landmarks and names for who does not see it', () => {
    expect(html).toMatch(/<body>\n<header><h1>main → HEAD<\/h1>.*<\/header>\n<main>/);
    expect(html).toContain('<section aria-label="To look at">');
    expect(html).toContain('<nav aria-label="What changes">');
    expect(html).toContain('<table aria-label="ConfigMap/web/c">');
  });
});
