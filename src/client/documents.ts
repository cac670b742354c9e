/** What the client asks of a node. `npm run generate` makes their types. */
import { graphql } from './generated/gql.ts';

export const NETWORK = graphql(`
  query ClientNetwork {
    node {
      network {
        genesis
      }
    }
  }
`);

export const TIP = graphql(`
  query ClientTip {
    chain(first: 1) {
      edges {
        cursor
        node {
          hash
          height
        }
      }
    }
  }
`);

export const SUBMIT = graphql(`
  mutation ClientSubmit($input: TransactionInput!) {
    submitTransaction(input: $input) {
      status {
        state
        reason
        message
      }
    }
  }
`);

export const RECEIPT = graphql(`
  query ClientReceipt($id: Hexadecimal!, $depth: NonNegativeInt) {
    transaction(id: $id) {
      receipt(depth: $depth)
    }
    transactionStatus(id: $id) {
      state
    }
  }
`);

export const LIFE = graphql(`
  subscription ClientLife($id: Hexadecimal!) {
    transactionStatus(id: $id) {
      state
      reason
      message
      confirmations
      block {
        hash
        height
      }
    }
  }
`);

graphql(`
  fragment ReadPost on Transaction {
    ...FollowedPost
    position
    status {
      state
      confirmations
    }
    block {
      hash
      height
      time
    }
  }
`);

export const POSTS = graphql(`
  query ClientPosts($filter: TransactionFilter, $order: ChainOrder!, $first: Int, $after: String) {
    transactions(filter: $filter, order: $order, first: $first, after: $after) {
      nodes {
        ...ReadPost
      }
      pageInfo {
        hasNextPage
        endCursor
      }
    }
  }
`);

export const POST = graphql(`
  query ClientPost($id: Hexadecimal!) {
    transaction(id: $id) {
      ...ReadPost
    }
  }
`);

export const AUTHOR = graphql(`
  query ClientAuthor($name: String!) {
    author(name: $name) {
      name
      publicKey
      since {
        hash
        height
        time
      }
    }
  }
`);

/** Fragments need no name here: documents include them by theirs. */
graphql(`
  fragment FollowedPost on Transaction {
    id
    author
    publicKey
    timestamp
    topics
    replyTo
    content
    contentState
    size
    withheld {
      at
      reason
      erased
    }
  }
`);

graphql(`
  fragment FollowedPosts on TransactionConnection {
    nodes {
      ...FollowedPost
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
`);

export const STEPS = graphql(`
  subscription ClientSteps($after: String!) {
    chainChanged(after: $after) {
      cursor
      kind
      node {
        hash
        height
        previousHash
        time
        transactionCount
        transactions(first: 100) {
          ...FollowedPosts
        }
      }
    }
  }
`);

export const MORE_POSTS = graphql(`
  query ClientMorePosts($hash: Hexadecimal!, $after: String) {
    block(hash: $hash) {
      transactions(first: 100, after: $after) {
        ...FollowedPosts
      }
    }
  }
`);
