/**
 * A driver of the packet agent, and the scenarios that it plays. It depends only on the agent's protocol, not on its
 * code.
 */
package io.reactorstack.agent.driver;
