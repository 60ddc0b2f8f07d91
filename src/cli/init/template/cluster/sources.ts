import { HelmRepository, type Cluster } from 'slipway';

export type Sources = ReturnType<typeof declareSources>;

/** Where everything comes from, and in which version. Renovate finds the versions here (renovate.json5). */
export function declareSources(cluster: Cluster) {
  const repositories = new Map<string, HelmRepository>();
  const helm = (name: string, url: string, chart: string, version: string) => {
    const repository = repositories.get(name) ?? new HelmRepository(cluster, name, { url });
    repositories.set(name, repository);
    return repository.chart(chart, version);
  };

  return {
    podinfo: helm('podinfo', 'https://stefanprodan.github.io/podinfo', 'podinfo', '6.9.2'),
  };
}
