/** Feeds, receipts and heads of pages are made of the public API's answers, so that nothing withheld is in them. */
import { graphql } from './generated/gql.ts';

export const BOARD = graphql(`
  query Board($filter: TransactionFilter!, $first: Int!) {
    node {
      network {
        name
        time
      }
    }
    transactions(filter: $filter, first: $first) {
      nodes {
        ...Entry
      }
    }
  }

  fragment Entry on Transaction {
    id
    author
    publicKey
    timestamp
    topics
    size
    content
    contentState
    withheld {
      at
      reason
    }
    block {
      height
      time
    }
    replyTo
    supersedes
  }
`);

export const POST = graphql(`
  query Post($id: Hexadecimal!) {
    node {
      network {
        name
      }
    }
    transaction(id: $id) {
      ...Entry
    }
  }
`);

export const AUTHOR = graphql(`
  query Author($name: String!) {
    node {
      network {
        name
      }
    }
    author(name: $name) {
      publicKey
      since {
        height
        time
      }
    }
  }
`);

export const RECEIPT = graphql(`
  query Receipt($id: Hexadecimal!) {
    transaction(id: $id) {
      receipt
    }
  }
`);
