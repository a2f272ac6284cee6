import { computed, signal } from '@preact/signals';
import { parseRoute } from './parse-route.ts';

const hash = signal(location.hash);
export const route = computed(() => parseRoute(hash.value));

export function followAddress(): void {
  addEventListener('hashchange', () => {
    hash.value = location.hash;
  });
}

export function goTo(address: `#/${string}`): void {
  location.hash = address;
}
