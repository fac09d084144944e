# expect: file out.png
import asyncio

import matplotlib.pyplot as plt


async def main():
    await asyncio.sleep(0)
    plt.step([1, 2, 3], [1, 3, 2])
    plt.savefig("out.png")


asyncio.run(main())
