import type { ReactNode } from 'react';

/** A figure under its name, in a list of them. @param about explains what the figure is. */
export function Field({ name, about, children }: { name: string; about?: ReactNode; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {children}
        {about && <p className="about">{about}</p>}
      </dd>
    </div>
  );
}
