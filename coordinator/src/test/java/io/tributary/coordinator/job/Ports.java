package io.tributary.coordinator.job;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Puts a test between a part and its user. */
final class Ports {
  private Ports() {}

  /** Decides what becomes of a call. */
  interface Gate {
    Object pass(Call call) throws Throwable;
  }

  /** A call on its way. */
  static final class Call {
    private final Object real;
    private final Method method;
    private final Object[] arguments;

    private Call(Object real, Method method, Object[] arguments) {
      this.real = real;
      this.method = method;
      this.arguments = arguments;
    }

    String name() {
      return method.getName();
    }

    Object argument(int index) {
      return arguments[index];
    }

    Object proceed() throws Throwable {
      try {
        return method.invoke(real, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  static <T> T before(Class<T> type, T real, Gate gate) {
    return type.cast(
        Proxy.newProxyInstance(
            Ports.class.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> gate.pass(new Call(real, method, arguments))));
  }
}
