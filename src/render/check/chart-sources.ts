import { identityKey, identityOf, isObject, type JsonObject } from '../../manifest/index.ts';
import { type SourceReference, sourceKey, sourceReferenceOf } from '../sources.ts';
import type { Rendered } from '../walk.ts';
import type { Finding } from './finding.ts';

const SOURCES = 'source.toolkit.fluxcd.io';
/** Those that no bootstrap makes. */
const DECLARED = ['HelmRepository', 'OCIRepository', 'HelmChart', 'Bucket'];

/**
 * HelmReleases and HelmCharts whose source nothing makes: they are never ready. Where a Kustomization is not built, it may
 * make that source.
 *
 * @param given sources that are said to be elsewhere, by `sourceKey`
 */
export function checkChartSources(rendered: readonly Rendered[], given: ReadonlySet<string>): readonly Finding[] {
  if (rendered.some(({ status }) => status !== 'built')) return [];
  const known = new Set(rendered.flatMap(({ objects }) => objects.map((object) => identityKey(identityOf(object)))));
  return rendered.flatMap((one) =>
    one.objects.flatMap((object): readonly Finding[] => {
      const used = sourceOf(object);
      if (used === undefined || !DECLARED.includes(used.source.kind)) return [];
      const { source, pointer } = used;
      if (known.has(identityKey({ group: SOURCES, ...source })) || given.has(sourceKey(source))) return [];
      return [
        {
          severity: 'error',
          code: 'test/missing-source',
          message: `Its chart comes from ${sourceKey(source)}, which nothing in the repository makes: it never becomes ready.`,
          remedy: 'Name one that there is, with its namespace where that is another.',
          kustomization: `${one.namespace}/${one.name}`,
          object: identityOf(object),
          pointer,
        },
      ];
    }),
  );
}

function sourceOf(object: JsonObject): { readonly source: SourceReference; readonly pointer: string } | undefined {
  const { group, kind, namespace } = identityOf(object);
  const spec = isObject(object.spec) ? object.spec : {};
  const found = (from: JsonObject, pointer: string) => {
    const source = sourceReferenceOf(from, namespace);
    return source && { source, pointer };
  };
  if (group === SOURCES && kind === 'HelmChart') return found(spec, '/spec/sourceRef');
  if (group !== 'helm.toolkit.fluxcd.io' || kind !== 'HelmRelease') return undefined;
  if (isObject(spec.chartRef)) return found({ sourceRef: spec.chartRef }, '/spec/chartRef');
  const chart = isObject(spec.chart) && isObject(spec.chart.spec) ? spec.chart.spec : {};
  return found(chart, '/spec/chart/spec/sourceRef');
}
