/** What an application in Relay asks: pages that go on by themselves, a mutation, a subscription. Compiled by `.ci/relay`. */
import { graphql } from 'react-relay';

export const POSTS = graphql`
  fragment posts_query on Query
  @argumentDefinitions(count: { type: "Int", defaultValue: 10 }, cursor: { type: "String" })
  @refetchable(queryName: "postsPaginationQuery") {
    transactions(first: $count, after: $cursor) @connection(key: "posts_transactions") {
      edges {
        node {
          id
          content
          status {
            transactionId
            state
          }
          block {
            hash
            height
          }
        }
      }
    }
  }
`;

export const PAGE = graphql`
  query postsQuery {
    ...posts_query
  }
`;

export const SUBMIT = graphql`
  mutation postsSubmitMutation($input: TransactionInput!) {
    submitTransaction(input: $input) {
      transaction {
        id
        content
      }
      status {
        state
      }
    }
  }
`;

export const ARRIVALS = graphql`
  subscription postsArrivalsSubscription {
    transactionPending {
      id
      content
    }
  }
`;
