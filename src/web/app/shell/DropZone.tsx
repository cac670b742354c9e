import { useEffect, useState } from 'react';
import { useLocation } from 'wouter';
import { ROUTES } from '../../routes.ts';
import { handFile } from '../data/handed.ts';
import { useText } from '../i18n/language.ts';

/** A file that is dropped anywhere is checked, but for fields that take files themselves. */
export function DropZone() {
  const t = useText();
  const [, go] = useLocation();
  const [isOver, setOver] = useState(false);
  useEffect(() => {
    const isFile = (event: DragEvent) =>
      event.dataTransfer?.types.includes('Files') && !(event.target as Element).closest?.('input[type=file]');
    const over = (event: DragEvent) => {
      if (!isFile(event)) return;
      event.preventDefault();
      setOver(true);
    };
    const leave = (event: DragEvent) => event.relatedTarget === null && setOver(false);
    const drop = (event: DragEvent) => {
      setOver(false);
      if (!isFile(event)) return;
      event.preventDefault();
      const [file] = event.dataTransfer?.files ?? [];
      if (!file) return;
      handFile(file);
      go(ROUTES.check);
    };
    const listeners = { dragover: over, dragleave: leave, drop } as const;
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name as 'drop', listener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name as 'drop', listener);
    };
  }, [go]);
  return isOver && <p className="drop-zone">{t.dropHere}</p>;
}
