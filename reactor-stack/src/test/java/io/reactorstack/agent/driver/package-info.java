/** A driver of the packet agent, and the scenarios that it plays. It knows nothing of the agent but its protocol. */
package io.reactorstack.agent.driver;
