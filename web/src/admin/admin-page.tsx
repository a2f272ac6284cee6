import type { ComponentType } from 'preact';
import { words } from '../language/language.ts';
import { Audits } from './audits.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { System } from './system.tsx';
import { Users } from './users.tsx';

const views: Record<'system' | 'users' | 'dead-letters' | 'audits', ComponentType> = {
  system: System,
  users: Users,
  'dead-letters': DeadLetters,
  audits: Audits,
};
type ViewName = keyof typeof views;

/** What keeps the whole running. */
export function AdminPage({ view = 'system' }: { view?: string }) {
  const name: ViewName = view in views ? (view as ViewName) : 'system';
  const View = views[name];
  return (
    <div class="page">
      <h1>{words().admin}</h1>
      <nav class="tabs" aria-label={words().admin}>
        {(Object.keys(views) as ViewName[]).map((one) => (
          <a key={one} href={`#/admin/${one}`} {...(one === name && { 'aria-current': 'page' as const })}>
            {words().adminViews[one]}
          </a>
        ))}
      </nav>
      <View />
    </div>
  );
}
