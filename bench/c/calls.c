/* Calls that call themselves: the 20th of Fibonacci's numbers. */
#include "bench.h"

static NOINLINE u64 fib(u64 n)
{
	u64 a, b;

	if (n < 2)
		return n;
	a = fib(n - 1);
	b = fib(n - 2);
	/* Keeps compilers from making a loop of the second call. */
	__asm__ volatile("" : "+r"(b));
	return a + b;
}

ENTRY(calls)
{
	return fib(20);
}
