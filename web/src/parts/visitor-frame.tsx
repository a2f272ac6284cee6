import type { ComponentChildren } from 'preact';
import { Appearance } from './appearance.tsx';
import { Notices } from './notices.tsx';

/** Of the pages that are for everybody who has their address. */
export function VisitorFrame({ children }: { children: ComponentChildren }) {
  return (
    <div class="visitor">
      <main class="visitor-card">{children}</main>
      <footer>
        <p class="brand">Wharf</p>
        <Appearance />
      </footer>
      <Notices />
    </div>
  );
}
