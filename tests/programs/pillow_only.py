# expect: file out.png
from PIL import Image, ImageDraw

image = Image.new("RGBA", (200, 120), (255, 255, 255, 0))
draw = ImageDraw.Draw(image)
draw.rectangle((20, 20, 120, 90), fill=(200, 30, 30, 128), outline="black")
draw.text((30, 40), "hello", fill="black")
image.save("out.png")
