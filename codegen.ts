import type { CodegenConfig } from '@graphql-codegen/cli';

/** What the scalars of `schema.graphql` are in JSON, and so to a client. */
const clientScalars = {
  SafeInt: 'number',
  PositiveInt: 'number',
  NonNegativeInt: 'number',
  Hexadecimal: 'string',
  DateTime: 'string',
};

const config: CodegenConfig = {
  schema: 'schema.graphql',
  emitLegacyCommonJSImports: false,
  importExtension: '.ts',
  generates: {
    // What the resolvers must be: the schema on one side, our own records on the other.
    'src/graphql/generated/resolvers.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        scalars: { ...clientScalars, DateTime: 'Date' },
        enumsAsTypes: true,
        useTypeImports: true,
        contextType: '../context.ts#Context',
        mappers: {
          Node: '../records.ts#NodeRecord',
          Block: '../ports.ts#BlockRecord',
          Transaction: '../ports.ts#PostRecord',
          TransactionStatus: '../records.ts#StatusRecord',
          Author: '../ports.ts#AuthorRecord',
          BlockConnection: '../records.ts#BlockPage',
          TransactionConnection: '../records.ts#PostPage',
        },
      },
    },
    // The documents of the command line: whatever `graphql()` wraps in its files.
    'src/cli/generated/': {
      preset: 'client',
      documents: ['src/cli/*.ts'],
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        strictScalars: true,
        scalars: clientScalars,
        useTypeImports: true,
        immutableTypes: true,
      },
    },
    // The documents of the page, as text: the parser is in the page's client anyway.
    'src/web/app/generated/': {
      preset: 'client',
      documents: ['src/web/app/**/*.graphql'],
      presetConfig: { fragmentMasking: false },
      config: {
        documentMode: 'string',
        pureMagicComment: true,
        strictScalars: true,
        scalars: clientScalars,
        useTypeImports: true,
        immutableTypes: true,
        enumsAsTypes: true,
      },
    },
  },
};

// The tool looks for the default export of its configuration.
export default config;
