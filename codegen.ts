import type { CodegenConfig } from '@graphql-codegen/cli';

/** What the scalars of `schema.graphql` are in JSON, and so to a client. */
const clientScalars = {
  SafeInt: 'number',
  PositiveInt: 'number',
  NonNegativeInt: 'number',
  Hexadecimal: 'string',
  DateTime: 'string',
};

/** Documents of our own, as strings with the types of their variables and answers: what `graphql()` wraps or a file holds. */
function documentsOf(documents: string): CodegenConfig['generates'][string] {
  return {
    preset: 'client',
    documents: [documents],
    presetConfig: { fragmentMasking: false },
    config: {
      documentMode: 'string',
      strictScalars: true,
      scalars: clientScalars,
      useTypeImports: true,
      immutableTypes: true,
    },
  };
}

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
          Block: '../../store/ports.ts#BlockRecord',
          Transaction: '../../store/ports.ts#PostRecord',
          TransactionStatus: '../records.ts#StatusRecord',
          Author: '../records.ts#ShownAuthor',
          AuthorConnection: '../records.ts#AuthorPage',
          Topic: '../../store/ports.ts#TotalRecord',
          TopicConnection: '../records.ts#TopicPage',
          Reorganisation: '../../store/ports.ts#ReorganisationRecord',
          AuthorKey: '../../store/ports.ts#AuthorKeyRecord',
          PoolStatus: '../records.ts#PoolRecord',
          BlockConnection: '../records.ts#BlockPage',
          TransactionConnection: '../records.ts#PostPage',
          BlockEdge: '../records.ts#BlockPageEdge',
          TransactionEdge: '../records.ts#PostPageEdge',
          AuthorEdge: '../records.ts#AuthorPageEdge',
          TopicEdge: '../records.ts#TopicPageEdge',
          Peer: '../ports.ts#PeerRecord',
          WithholdingDecision: '../../store/ports.ts#DecisionRecord',
          WithholdingDecisionConnection: '../records.ts#DecisionPage',
        },
      },
    },
    'src/client/generated/': documentsOf('src/client/*.ts'),
    'src/cli/generated/': documentsOf('src/cli/*.ts'),
    'src/archive/generated/': documentsOf('src/archive/documents.ts'),
    'src/serve/generated/': documentsOf('src/serve/documents.ts'),
    'src/peers/link/generated/': documentsOf('src/peers/link/documents.ts'),
    'src/web/made/generated/': documentsOf('src/web/made/documents.ts'),
    'src/web/app/generated/': documentsOf('src/web/app/**/*.graphql'),
  },
};

// The tool looks for the default export of its configuration.
export default config;
