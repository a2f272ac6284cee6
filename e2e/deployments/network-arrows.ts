import { type KubernetesObject, type Labels, podsOf, type Selector, selects } from './kubernetes.ts';

interface Peer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: { cidr: string };
}

interface Rule {
  from?: Peer[];
  to?: Peer[];
  ports: { port: number }[];
}

interface Policy {
  podSelector: Selector;
  policyTypes: ('Ingress' | 'Egress')[];
  ingress?: Rule[];
  egress?: Rule[];
}

export interface NetworkArrows {
  /** `from → to:port`, sorted: what the policies of both sides permit, and what leads in or out of them. */
  arrows: string[];
  /** What one side permits and the other does not. */
  halves: string[];
  /** Pods that may do whatever they like. */
  open: string[];
}

/** Who may reach whom, by the NetworkPolicies among the objects. */
export function networkArrows(objects: KubernetesObject[]): NetworkArrows {
  const policies = objects.filter(({ kind }) => kind === 'NetworkPolicy').map(({ spec }) => spec as Policy);
  const pods = new Map<string, Labels>();
  for (const { labels } of podsOf(objects)) pods.set(labels['app.kubernetes.io/name'] as string, labels);
  const out = new Set<string>();
  const into = new Set<string>();
  const open: string[] = [];
  for (const [name, labels] of pods) {
    const own = policies.filter(({ podSelector }) => selects(podSelector, labels));
    for (const type of ['Ingress', 'Egress'] as const)
      if (!own.some(({ policyTypes }) => policyTypes.includes(type))) open.push(`${name}: ${type}`);
    for (const rule of own.flatMap(({ egress = [] }) => egress))
      for (const [peer, port] of ends(rule.to, rule, pods)) out.add(`${name} → ${peer}:${port}`);
    for (const rule of own.flatMap(({ ingress = [] }) => ingress))
      for (const [peer, port] of ends(rule.from, rule, pods)) into.add(`${peer} → ${name}:${port}`);
  }
  const isOutside = (arrow: string) => /^(anybody|namespace)|→ (namespace|\d)/.test(arrow);
  const both = [...out].filter((arrow) => into.has(arrow));
  const outside = [...out, ...into].filter(isOutside);
  // Whoever takes anybody takes these too.
  const halves = [...out, ...into].filter((arrow) => !isOutside(arrow) && !(out.has(arrow) && into.has(arrow)));
  return { arrows: [...both, ...outside].sort(), halves, open };
}

function ends(peers: Peer[] | undefined, { ports }: Rule, pods: Map<string, Labels>): [string, number][] {
  const names = peers ? peers.flatMap((peer) => peerNames(peer, pods)) : ['anybody'];
  return names.flatMap((name) => ports.map(({ port }): [string, number] => [name, port]));
}

function peerNames({ ipBlock, namespaceSelector, podSelector }: Peer, pods: Map<string, Labels>): string[] {
  if (ipBlock) return [ipBlock.cidr];
  if (namespaceSelector) return [`namespace ${namespaceSelector.matchLabels?.['kubernetes.io/metadata.name']}`];
  return [...pods].filter(([, labels]) => selects(podSelector ?? {}, labels)).map(([name]) => name);
}
