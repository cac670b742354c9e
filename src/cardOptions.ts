/** What the operator of a node tells everyone. */
import type { OptionTable } from './optionTable.ts';
import { line } from './optionValues.ts';

export const CARD_OPTIONS = {
  operatorName: {
    flags: '--operator-name <name>',
    variable: 'STELE_OPERATOR_NAME',
    description: 'who runs this node, shown to everyone',
    fallback: null,
    parse: line,
  },
  operatorContact: {
    flags: '--operator-contact <contact>',
    variable: 'STELE_OPERATOR_CONTACT',
    description: 'how to reach them, shown to everyone: a mail address, a web address, or words',
    fallback: null,
    parse: line,
  },
} satisfies OptionTable;
