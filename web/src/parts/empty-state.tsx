import type { ComponentChildren } from 'preact';
import { Icon, type IconName } from './icon.tsx';

export function EmptyState({ children, icon, title }: { icon: IconName; title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      {children}
    </div>
  );
}
