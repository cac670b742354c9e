import { expect, it } from 'vitest';
import { isNamedIn } from '../../../../src/web/app/lib/mentions.ts';

it.each([
  ['Ask @Ada.', 'Ada', true],
  ['（@李）说', '李', true],
  ['@ada', 'Ada', true],
  ['@Adam and @Ada', 'Ada', true],
  ['@Ines Vidal, yes', 'Ines Vidal', true],
  ['@Adam', 'Ada', false],
  ['write to mail@Ada', 'Ada', false],
  ['Ada', 'Ada', false],
  ['@李明', '李', false],
])('%s names %s: %s', (text, name, is) => expect(isNamedIn(text, name)).toBe(is));
