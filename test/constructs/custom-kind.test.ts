import { describe, expect, test } from '@jest/globals';
import { Application, customKind } from '../../constructs/index.ts';
import { fileText, testCluster, testNamespace } from '../support/cluster.ts';

const Widget = customKind<{ size: number; colour?: string }>('shop.example.org/v1', 'Widget');
const Catalogue = customKind<{ title: string }>('shop.example.org/v1', 'Catalogue', { clusterScoped: true });

describe('a custom kind', () => {
  test('makes objects in the namespace around them, the spec as it was given', () => {
    const cluster = testCluster();
    const shop = new Application(testNamespace(cluster), 'shop');
    new Widget(shop, 'shop', { size: 3, colour: 'red' }, { labels: { shelf: 'top' } });
    expect(fileText(cluster, 'apps/web/shop/app/widget.yaml')).toBe(`---
apiVersion: shop.example.org/v1
kind: Widget
metadata:
  name: shop
  namespace: web
  labels:
    shelf: top
spec:
  size: 3
  colour: red
`);
  });

  test('makes objects without a namespace where the kind has none', () => {
    const cluster = testCluster();
    new Catalogue(new Application(testNamespace(cluster), 'shop'), 'all', { title: 'All' });
    expect(fileText(cluster, 'apps/web/shop/app/catalogue-all.yaml')).not.toContain('namespace:');
  });

  test('lets objects of several kinds bear one name', () => {
    const cluster = testCluster();
    const shop = new Application(testNamespace(cluster), 'shop');
    new Widget(shop, 'one', { size: 1 });
    new Catalogue(shop, 'one', { title: 'One' });
    expect(fileText(cluster, 'apps/web/shop/app/widget-one.yaml')).toContain('kind: Widget');
    expect(fileText(cluster, 'apps/web/shop/app/catalogue-one.yaml')).toContain('kind: Catalogue');
  });
});
