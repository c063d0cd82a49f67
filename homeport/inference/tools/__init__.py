"""The tools that the server runs for a model (`inference.turn`): each is a function to it."""

from homeport.inference.tools.code_interpreter import CodeInterpreterTool
from homeport.inference.tools.file_search import FileSearchTool

__all__ = ["CodeInterpreterTool", "FileSearchTool"]
